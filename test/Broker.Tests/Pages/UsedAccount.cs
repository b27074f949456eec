using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.ApiKeys;
using Polydev.Broker.Audit;
using Polydev.Broker.Calls;
using Polydev.Broker.Keys;
using Polydev.Broker.Quotas;
using Polydev.Broker.Tests.Calls;
using Polydev.Broker.Tests.SignIn;

namespace Polydev.Broker.Tests.Pages;

/// <summary>An account of a running broker, whose keys are used as a test says.</summary>
internal sealed class UsedAccount(SignInBroker broker, string id)
{
    public string Id => id;

    private DateTimeOffset Now => broker.Time.GetUtcNow();

    private IServiceProvider Services => broker.Running.Services;

    /// <summary>A free one.</summary>
    public static async Task<UsedAccount> OpenAsync(SignInBroker broker, string name = "ann") =>
        new(broker, await broker.OpenAccountAsync(name));

    /// <summary>The key's id.</summary>
    public async Task<string> AddKeyAsync(string name, int? perHour = null, int? perDay = null)
    {
        var issued = await Services.GetRequiredService<ApiKeyDirectory>()
            .CreateAsync(id, name, new KeyLimits(perHour, perDay, null), Actor.CommandLine(), default);
        return issued!.Credential.Id;
    }

    public async Task RevokeKeyAsync(string keyId) => Assert.That(
        await Services.GetRequiredService<ApiKeyDirectory>().RevokeAsync(id, keyId, Actor.CommandLine(), default), Is.True);

    /// <summary>Counts calls of the key, as admission does.</summary>
    public async Task CountAsync(string keyId, int calls)
    {
        var quotas = Services.GetRequiredService<IQuotaStore>();
        for (var call = 0; call < calls; call++)
        {
            Assert.That(await quotas.AdmitAsync(keyId, Now, default), Is.Not.Null.With.Property(nameof(Admission.IsCounted)).True);
        }
    }

    /// <summary>A call of some minutes ago.</summary>
    public RecordedCall Call(string callId, string keyId = "key1", int minutesAgo = 5, CallResult result = CallResult.Answered) =>
        SomeCalls.Make(callId, id, keyId, Now.AddMinutes(-minutesAgo), result);

    public Task RecordAsync(params RecordedCall[] calls) => Services.GetRequiredService<IUsageStore>().AddAsync(calls, default);
}
