using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Polydev.Broker.Accounts;
using Polydev.Broker.Keys;
using Polydev.Broker.Storage;
using Polydev.Broker.Storage.Stores;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Storage;

public sealed class StorageServicesTests
{
    private TemporaryDatabase _temporary = null!;

    [SetUp]
    public void SetUp() => _temporary = new TemporaryDatabase();

    [TearDown]
    public void TearDown() => _temporary.Dispose();

    [Test]
    public async Task Start_WithAllAreas_MakesTheDatabaseAndAuthenticates()
    {
        using var host = Build(_temporary.DataFolder);

        await host.StartAsync().DefaultTimeout();
        Assert.That(File.Exists(_temporary.File), Is.True);

        var owner = await host.Services.GetRequiredService<AccountDirectory>().EnsureOwnerAsync(default);
        var request = new CredentialRequest { Kind = CredentialKind.ApiKey, AccountId = owner.Id, Name = "x" };
        var issuer = host.Services.GetRequiredService<CredentialIssuer>();
        var issued = await issuer.IssueAsync(request, default);
        var authenticator = host.Services.GetRequiredService<CredentialAuthenticator>();
        var credential = await authenticator.AuthenticateAsync(CredentialKind.ApiKey, issued.Secret.Reveal(), default);
        using var watch = host.Services.GetRequiredService<Revocations>().Watch(credential!);
        await issuer.RevokeAsync(CredentialKind.ApiKey, issued.Credential.Id, default);

        Assert.That(watch.Revoked.IsCancellationRequested, Is.True);
        await host.StopAsync().DefaultTimeout();
    }

    [Test]
    public async Task Start_FolderCannotBeMade_FailsAtTheStart()
    {
        var file = Path.Combine(_temporary.Root, "file");
        await File.WriteAllTextAsync(file, "");
        using var host = Build(file);

        Assert.That(() => host.StartAsync(), Throws.TypeOf<StorageException>());
    }

    private static IHost Build(string dataFolder)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddStorage(new StorageOptions { DataFolder = dataFolder }).AddKeys().AddAccounts();
        return builder.Build();
    }
}
