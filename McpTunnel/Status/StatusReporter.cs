using Microsoft.Extensions.DependencyInjection;
using Polydev.McpTunnel.Diagnostics;
using Polydev.McpTunnel.Tunnel;
using Polydev.McpTunnel.Work;
using Polydev.Protos.V1;
using Polydev.Shared.Models;
using Polydev.Shared.Text;

namespace Polydev.McpTunnel.Status;

/// <summary>
/// Draws up the <see cref="StatusReport"/> from what the parts know at the moment. What CLIs, callers and the broker have said is made
/// plain here, for every reader of the report.
/// </summary>
internal sealed class StatusReporter(
    TunnelAccess access, TunnelState state, TunnelIdentity identity, RunningCalls calls, WorkRunner runner, TimeProvider time)
{
    private readonly DateTimeOffset _started = time.GetUtcNow();

    /// <param name="catalog">Null while the first detection runs: then there are no CLIs in the report.</param>
    public StatusReport Report(Catalog? catalog)
    {
        var running = Running();
        IReadOnlyList<CliReport> clis =
            [.. Clis(catalog).Select(cli => cli with { InUse = running.Count(call => call.Provider == cli.Provider) })];
        var slots = runner.Slots;
        return new StatusReport(ToolVersion.Text, Tunnel(), clis, running, [.. Missing(clis)])
        {
            Process = new ProcessReport(Environment.ProcessId, PlainText.Line(identity.MachineName), _started),
            Slots = new SlotReport(slots.Places, slots.InUse, slots.Waiting),
        };
    }

    public static IReadOnlyList<CliReport> Clis(Catalog? catalog) => [.. (catalog?.Clis ?? []).Select(cli => new CliReport(
        PlainText.Line(cli.Provider),
        CliStates.NameOf(cli.State),
        NullIfEmpty(PlainText.Line(cli.Version)),
        [.. cli.Models.Select(model => PlainText.Line(model.Id))],
        NullIfEmpty(Message(cli.Hint)))
    {
        Login = QuotaWords.NameOf(cli.Login),
        Windows = cli.Windows.Count == 0 ? null : [.. cli.Windows.Select(window => new WindowReport(
            PlainText.Line(window.Label),
            window.UsedPercent,
            QuotaWords.MomentOf(window.ResetsAt),
            QuotaWords.MomentOf(window.AsOf)))],
        Overage = cli.Overage is { } overage
            ? new OverageReport(
                QuotaWords.NameOf(overage.State), overage.Allowed, QuotaWords.MomentOf(overage.EndsAt), QuotaWords.MomentOf(overage.AsOf))
            : null,
        ReservePercent = cli.ReservePercent > 0 ? (int)cli.ReservePercent : null,
        Refusal = NullIfEmpty(Message(cli.Refusal)),
    })];

    private TunnelReport Tunnel()
    {
        var now = state.Current;
        return new TunnelReport(
            StateNames.Of(now.Phase),
            now.Since,
            access.Current.Broker.GetLeftPart(UriPartial.Path),
            now.Error is { } error ? Message(error) : null,
            state.Connections,
            calls.Answered,
            calls.Failed);
    }

    private List<CallReport> Running() => [.. calls.Now.Select(call => new CallReport(
        PlainText.Line(call.Provider),
        PlainText.Line(call.Model),
        Math.Round((time.GetUtcNow() - call.Since).TotalSeconds, 1)))];

    private IEnumerable<string> Missing(IReadOnlyList<CliReport> clis)
    {
        var now = state.Current;
        if (access.Current.Problem is { } problem)
        {
            yield return Message(problem);
        }
        else if (now.Phase is TunnelPhase.Waiting or TunnelPhase.Refused or TunnelPhase.NotConfigured or TunnelPhase.Connecting
            && now.Error is { } error)
        {
            yield return Message(error);
        }

        foreach (var cli in clis.Where(cli => cli.State != CliStates.NameOf(CliState.Ready) && cli.Provider != Providers.Echo))
        {
            yield return $"{cli.Provider} is {cli.State.Replace('_', ' ')}{(cli.Hint is { } hint ? $": {hint}" : ".")}";
        }
    }

    private static string Message(string text) => PlainText.Line(text, PlainText.LongestMessage);

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}

internal static class StatusServices
{
    public static IServiceCollection AddStatus(this IServiceCollection services) =>
        services.AddSingleton<StatusReporter>().AddHostedService<StatusSocket>();
}
