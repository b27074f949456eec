using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Polydev.Broker.Accounts;
using Polydev.Broker.Commands;
using Polydev.Broker.Hosting;
using Polydev.Broker.Keys;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Api;

/// <summary>
/// The whole broker on real sockets of 127.0.0.1 and a real SQLite in a folder of its own. An error that it logs fails the test.
/// </summary>
internal sealed class RunningBroker : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly string _folder;
    private readonly NoErrorLogs _logs;

    private RunningBroker(WebApplication app, string folder, NoErrorLogs logs) => (_app, _folder, _logs) = (app, folder, logs);

    public required HttpClient Http { get; init; }

    /// <summary>A good key of the owner's.</summary>
    public required string Key { get; init; }

    public required string Token { get; init; }

    /// <summary>For a test that provokes an error line.</summary>
    public NoErrorLogs Logs => _logs;

    public IServiceProvider Services => _app.Services;

    public BrokerAddresses Addresses => _app.Services.GetRequiredService<BrokerAddresses>();

    /// <param name="replace">Services in the place of the broker's own.</param>
    public static async Task<RunningBroker> StartAsync(
        Func<ServeOptions, ServeOptions>? change = null, Action<IServiceCollection>? replace = null)
    {
        var folder = Directory.CreateTempSubdirectory("polydev-broker-").FullName;
        var logs = new NoErrorLogs();
        var options = new ServeOptions
        {
            Http = new Uri("http://127.0.0.1:0"),
            Grpc = new Uri("http://127.0.0.1:0"),
            DataFolder = folder,

            // It has no predecessor: a tunnel that is not here does not come.
            AwaitTunnels = TimeSpan.Zero,
        };
        var app = BrokerHost.Build(change?.Invoke(options) ?? options, services =>
        {
            services.AddLogging(logging => logging.AddProvider(logs));
            replace?.Invoke(services);
        });
        await app.StartAsync();
        var owner = await app.Services.GetRequiredService<AccountDirectory>().EnsureOwnerAsync(CancellationToken.None);
        var key = await IssueAsync(app, CredentialKind.ApiKey, owner);
        var http = new HttpClient { BaseAddress = new Uri($"{app.Services.GetRequiredService<BrokerAddresses>().ApiBase}/") };
        http.DefaultRequestHeaders.Authorization = new("Bearer", key);
        var token = await IssueAsync(app, CredentialKind.TunnelToken, owner);
        return new RunningBroker(app, folder, logs) { Http = http, Key = key, Token = token };
    }

    public Task<FakeTunnel> ConnectTunnelAsync(Protos.V1.Hello? hello = null) =>
        FakeTunnel.ConnectAsync(Addresses.Grpc.ToString(), Token, hello);

    /// <summary>Revokes <see cref="Key"/>.</summary>
    public Task RevokeKeyAsync() => _app.Services.GetRequiredService<CredentialIssuer>()
        .RevokeAsync(CredentialKind.ApiKey, Key["pk-".Length..][..12], CancellationToken.None);

    /// <summary>Revokes <see cref="Token"/>.</summary>
    public Task RevokeTokenAsync() => _app.Services.GetRequiredService<CredentialIssuer>()
        .RevokeAsync(CredentialKind.TunnelToken, Token["pd_".Length..][..12], CancellationToken.None);

    /// <summary>As a signal does; <see cref="DisposeAsync"/> is still owed.</summary>
    public Task StopAsync() => _app.StopAsync();

    public Task<HttpResponseMessage> PostAsync(string path, string json, CancellationToken cancellationToken = default) => Http.SendAsync(
        new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(json, Encoding.UTF8, "application/json") },
        HttpCompletionOption.ResponseHeadersRead,
        cancellationToken).DefaultTimeout();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
        _logs.Dispose();
    }

    private static async Task<string> IssueAsync(WebApplication app, CredentialKind kind, Account owner)
    {
        var request = new CredentialRequest { Kind = kind, AccountId = owner.Id, Name = "test" };
        return (await app.Services.GetRequiredService<CredentialIssuer>().IssueAsync(request, CancellationToken.None)).Secret.Reveal();
    }
}
