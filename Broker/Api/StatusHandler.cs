using System.Text.Json.Serialization;
using Polydev.Broker.Presence;
using Polydev.Protos.V1;
using Polydev.Shared.Models;

namespace Polydev.Broker.Api;

/// <summary><c>GET /api/v1/status</c>: the account's tunnels and what their CLIs offer.</summary>
internal sealed class StatusHandler(ITunnelDirectory directory)
{
    public async Task GetAsync(HttpContext context)
    {
        var tunnels = await directory.FindAsync(CallRecord.Of(context).Caller.AccountId, context.RequestAborted);
        var status = new StatusBody(tunnels.Online.Count > 0, [.. tunnels.Online.Select(Describe)]);
        await context.Response.WriteAsJsonAsync(status, StatusJson.Default.StatusBody, cancellationToken: context.RequestAborted);
    }

    private static StatusTunnel Describe(OnlineTunnel tunnel) => new(
        tunnel.MachineName, tunnel.Version, tunnel.ConnectedSince, [.. tunnel.Clis.Select(Describe)]);

    private static StatusProvider Describe(CliInfo cli) => new(
        cli.Provider, cli.Version, CliStates.NameOf(cli.State), cli.Hint, [.. cli.Models.Select(model => model.Id)]);
}

/// <summary>The answer of <c>GET /api/v1/status</c>.</summary>
internal sealed record StatusBody(bool Online, IReadOnlyList<StatusTunnel> Tunnels);

/// <summary>One connected machine.</summary>
internal sealed record StatusTunnel(string Name, string Version, DateTimeOffset ConnectedSince, IReadOnlyList<StatusProvider> Providers);

/// <summary>One CLI of a machine, its state a word of <see cref="CliStates"/>, with what to do about it.</summary>
internal sealed record StatusProvider(string Provider, string Version, string State, string Hint, IReadOnlyList<string> Models);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(StatusBody))]
internal sealed partial class StatusJson : JsonSerializerContext;
