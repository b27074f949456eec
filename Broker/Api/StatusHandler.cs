using System.Text.Json.Serialization;
using Polydev.Broker.Presence;
using Polydev.Broker.Quotas;
using Polydev.Protos.V1;
using Polydev.Shared.Models;

namespace Polydev.Broker.Api;

/// <summary><c>GET /api/v1/status</c>: the account's tunnels, what their CLIs offer, and what the key may still ask.</summary>
internal sealed class StatusHandler(ITunnelDirectory directory, QuotaGate quotas)
{
    public async Task GetAsync(HttpContext context)
    {
        var record = CallRecord.Of(context);
        var tunnels = await directory.FindAsync(record.Caller.AccountId, context.RequestAborted);
        var quota = record.Windows ?? await quotas.ReadAsync(record.Caller, context.RequestAborted);
        var status = new StatusBody(
            tunnels.Online.Count > 0, [.. tunnels.Online.Select(Describe)], [.. (quota?.All ?? []).Select(Describe)]);
        await context.Response.WriteAsJsonAsync(status, StatusJson.Default.StatusBody, cancellationToken: context.RequestAborted);
    }

    private static StatusTunnel Describe(OnlineTunnel tunnel) => new(
        tunnel.MachineName, tunnel.Version, tunnel.ConnectedSince, [.. tunnel.Clis.Select(Describe)]);

    private static StatusLimit Describe(QuotaWindow window) => new(
        window.Kind switch
        {
            QuotaWindowKind.Hour => "hour",
            QuotaWindowKind.Day => "day",
            QuotaWindowKind.Month => "month",
            _ => "account_month",
        },
        window.Used,
        window.Limit,
        window.Remaining,
        window.ResetsAt);

    private static StatusProvider Describe(CliInfo cli) => new(
        cli.Provider, cli.Version, CliStates.NameOf(cli.State), cli.Hint, [.. cli.Models.Select(model => model.Id)])
    {
        Login = QuotaWords.NameOf(cli.Login),
        Windows = [.. cli.Windows.Select(Describe)],
        Overage = cli.Overage is { } overage ? Describe(overage) : null,
        ReservePercent = cli.ReservePercent,
        Refusal = cli.Refusal.Length > 0 ? cli.Refusal : null,
    };

    private static StatusWindow Describe(VendorWindow window) => new(
        window.Label, window.UsedPercent, QuotaWords.MomentOf(window.ResetsAt), QuotaWords.MomentOf(window.AsOf));

    private static StatusOverage Describe(Overage overage) => new(
        QuotaWords.NameOf(overage.State), overage.Allowed, QuotaWords.MomentOf(overage.EndsAt), QuotaWords.MomentOf(overage.AsOf));
}

/// <summary>The answer of <c>GET /api/v1/status</c>.</summary>
internal sealed record StatusBody(bool Online, IReadOnlyList<StatusTunnel> Tunnels, IReadOnlyList<StatusLimit> Limits);

/// <summary>One window of the key, or of its account; without a limit, limit and remaining are null.</summary>
internal sealed record StatusLimit(string Window, int Used, int? Limit, int? Remaining, DateTimeOffset ResetsAt);

/// <summary>One connected machine.</summary>
internal sealed record StatusTunnel(string Name, string Version, DateTimeOffset ConnectedSince, IReadOnlyList<StatusProvider> Providers);

/// <summary>One CLI of a machine, its state a word of <see cref="CliStates"/>, with what to do about it.</summary>
internal sealed record StatusProvider(string Provider, string Version, string State, string Hint, IReadOnlyList<string> Models)
{
    /// <summary>"subscription", "api_key" or "cloud"; null where it is not known.</summary>
    public string? Login { get; init; }

    /// <summary>The vendor's windows, as the CLI last told them; none but with a subscription.</summary>
    public IReadOnlyList<StatusWindow> Windows { get; init; } = [];

    /// <summary>Null where there can be none.</summary>
    public StatusOverage? Overage { get; init; }

    /// <summary>So much of each window the machine's owner keeps back.</summary>
    public uint ReservePercent { get; init; }

    /// <summary>Why calls are refused now, and until when; null: they are not.</summary>
    public string? Refusal { get; init; }
}

/// <summary>One of a vendor's windows, named by its length.</summary>
internal sealed record StatusWindow(string Label, double UsedPercent, DateTimeOffset? ResetsAt, DateTimeOffset? AsOf);

/// <summary>Paid calls beyond the windows: a state of <see cref="QuotaWords"/>, and whether the machine's owner allows them.</summary>
internal sealed record StatusOverage(string State, bool Allowed, DateTimeOffset? EndsAt, DateTimeOffset? AsOf);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(StatusBody))]
internal sealed partial class StatusJson : JsonSerializerContext;
