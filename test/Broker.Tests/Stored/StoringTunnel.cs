using System.Collections.Concurrent;
using Polydev.Broker.Tests.Api;
using Polydev.Broker.Tests.Tunnels;
using Polydev.Protos.V1;
using Polydev.Shared.Models;
using Polydev.Shared.Tunnel;
using Polydev.Shared.Work;

namespace Polydev.Broker.Tests.Stored;

/// <summary>
/// A tunnel that holds responses as the protocol says, and answers each call by "Answer" and its number. It stands in for polydev-mcp,
/// whose own store has its own tests.
/// </summary>
internal sealed class StoringTunnel : IAsyncDisposable
{
    private readonly ConcurrentDictionary<(string Owner, string Id), (string Previous, string Data)> _held = new();
    private readonly List<WorkItem> _calls = [];
    private FakeTunnel _tunnel = null!;

    /// <summary>The calls so far, without what was asked of the store.</summary>
    public IReadOnlyList<WorkItem> Calls => _calls;

    public IEnumerable<string> Held => _held.Keys.Select(key => key.Id);

    public IEnumerable<string> Owners => _held.Keys.Select(key => key.Owner).Distinct();

    /// <summary>What it says to a call; null: a text.</summary>
    public Func<WorkItem, WorkEvent[]>? Says { get; set; }

    /// <param name="stores">It has the feature.</param>
    public static async Task<StoringTunnel> ConnectAsync(
        RunningBroker broker, bool stores = true, string tunnelId = "tunnel-1", string provider = Providers.Codex)
    {
        var storing = new StoringTunnel();
        storing._tunnel = await broker.ConnectTunnelAsync(Hello(stores, tunnelId, provider));
        storing._tunnel.Answer = storing.Answer;
        return storing;
    }

    public static Hello Hello(bool stores = true, string tunnelId = "tunnel-1", string provider = Providers.Codex)
    {
        var cli = Frames.Cli(provider);
        cli.Honours.Add([RequestFeatures.Tools, RequestFeatures.Images]);
        var hello = Frames.Hello(tunnelId, cli);
        hello.MachineName = tunnelId;
        hello.Features.Add(stores ? TunnelProtocol.Features : TunnelProtocol.Features.Except([TunnelProtocol.StoreFeature]));
        return hello;
    }

    /// <summary>What it holds is not what the broker gave it.</summary>
    public void Spoil(string data)
    {
        foreach (var (key, held) in _held)
        {
            _held[key] = held with { Data = data };
        }
    }

    public ValueTask DisposeAsync() => _tunnel.DisposeAsync();

    private IEnumerable<ClientFrame> Answer(WorkItem item)
    {
        if (item.Store is { } request)
        {
            return Frames.Answer(item.WorkId, [.. Do(request)]);
        }

        _calls.Add(item);
        var said = Says?.Invoke(item) ?? [WorkEvents.Text($"Answer {_calls.Count}"), WorkEvents.Finished(StopReason.EndTurn)];
        return said.Prepend(WorkEvents.Started()).Select((next, index) => Frames.Event(item.WorkId, (ulong)index + 1, next));
    }

    private IEnumerable<string> Do(StoreRequest request)
    {
        switch (request.KindCase)
        {
            case StoreRequest.KindOneofCase.Put:
                _held[(request.Owner, request.Put.Id)] = (request.Put.PreviousId, request.Put.Data.ToStringUtf8());
                return [];
            case StoreRequest.KindOneofCase.Remove:
                return _held.TryRemove((request.Owner, request.Remove.Id), out _) ? [request.Remove.Id] : [];
            default:
                return request.Find.Ids.SelectMany(id => Chain(request.Owner, id, request.Find.WithPrevious));
        }
    }

    // Cut in two, as a long one is.
    private IEnumerable<string> Chain(string owner, string id, bool withPrevious)
    {
        for (var next = id; _held.TryGetValue((owner, next), out var held); next = withPrevious ? held.Previous : string.Empty)
        {
            yield return $"{next} {held.Previous}\n{held.Data[..3]}";
            yield return $"{held.Data[3..]}\n";
        }
    }
}
