using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.SelfTest;
using Polydev.McpTunnel.Processes;
using Polydev.McpTunnel.Tunnel;
using Polydev.Protos.V1;
using Polydev.Shared.Models;

namespace Polydev.McpTunnel.Doctor;

/// <summary>
/// Looks for the CLIs once for all checks, as a tunnel does: their version, login and models, without a model call, and their self-tests
/// where these have not been made. A tunnel that runs has its own processes, and is left alone.
/// </summary>
internal sealed class CliExam
{
    /// <summary>For the look and the self-tests; what still runs then is told as that. Below <see cref="DoctorRun.Limit"/>.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(50);

    private readonly CliCatalog _catalog;
    private readonly IReadOnlyList<ICliAdapter> _adapters;
    private readonly BrokerExam _broker;
    private readonly TunnelPaths _paths;
    private readonly TimeProvider _time;
    private readonly Lazy<Task<Catalog>> _look;

    public CliExam(CliCatalog catalog, IEnumerable<ICliAdapter> adapters, BrokerExam broker, TunnelPaths paths, TimeProvider time)
    {
        (_catalog, _adapters, _broker, _paths, _time) = (catalog, [.. adapters], broker, paths, time);
        _look = new Lazy<Task<Catalog>>(LookAsync);
    }

    /// <summary>Those that a call can be for, but for the echo.</summary>
    public IEnumerable<string> Providers =>
        _adapters.Select(adapter => adapter.Provider).Where(provider => provider != Shared.Models.Providers.Echo);

    /// <summary>Why they were not looked at; null: they were.</summary>
    public string? NotLooked { get; private set; }

    /// <summary>Null where it was not looked at, or the look came to no end.</summary>
    public async Task<CliInfo?> InfoAsync(string provider, CancellationToken cancellationToken) =>
        (await _look.Value.WaitAsync(cancellationToken)).Clis.FirstOrDefault(cli => cli.Provider == provider);

    public SelfTestVerdict? VerdictOn(string provider) => _adapters.First(adapter => adapter.Provider == provider).Verdict;

    /// <summary>The CLIs that would answer a call now, as far as they have been looked at.</summary>
    public IReadOnlyList<string> Ready() =>
    [
        .. (_catalog.Current?.Clis ?? [])
            .Where(cli => cli is { State: CliState.Ready, Refusal: "" } && Providers.Contains(cli.Provider))
            .Select(cli => cli.Provider),
    ];

    private async Task<Catalog> LookAsync()
    {
        // A CLI whose base URL leads to the broker is known only once the broker has told its addresses.
        await _broker.AnswerAsync(CancellationToken.None);
        try
        {
            PrivateFolder.Create(_paths.RunRoot, "doctor").Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Each CLI would fail in some way of its own.
            NotLooked = "The state folder comes first.";
            return new Catalog();
        }

        using var limit = new CancellationTokenSource(Limit, _time);
        try
        {
            // On a machine that is busy a CLI that is well may look broken: one that does is asked once more.
            if ((await _catalog.GetTestedAsync(limit.Token)).Clis.Any(cli => cli.State == CliState.Unusable))
            {
                await _catalog.LookAsync(limit.Token);
            }

            return await _catalog.GetTestedAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            return _catalog.Current ?? new Catalog();
        }
    }
}
