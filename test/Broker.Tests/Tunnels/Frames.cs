using Polydev.Protos.V1;
using Polydev.Shared.Work;

namespace Polydev.Broker.Tests.Tunnels;

/// <summary>The frames of a tunnel, for tests that play one.</summary>
internal static class Frames
{
    public static Hello Hello(string tunnelId = "tunnel-1", params CliInfo[] clis) => new()
    {
        Protocol = 1,
        TunnelId = tunnelId,
        MachineName = "desk",
        Version = "0.1.0",
        Catalog = new Catalog { Clis = { clis } },
    };

    public static CliInfo Cli(string provider, params string[] models) => new()
    {
        Provider = provider,
        Version = "1.0",
        State = CliState.Ready,
        Models = { models.Select(id => new ModelInfo { Id = id }) },
    };

    /// <summary>An event of an item, as the tunnel sends it.</summary>
    public static ClientFrame Event(string workId, ulong sequence, WorkEvent body)
    {
        body.WorkId = workId;
        body.Sequence = sequence;
        return new ClientFrame { Event = body };
    }

    /// <summary>Started, one delta for each text, Finished.</summary>
    public static IEnumerable<ClientFrame> Answer(string workId, params string[] texts)
    {
        WorkEvent[] events = [WorkEvents.Started(), .. texts.Select(WorkEvents.Text), WorkEvents.Finished(StopReason.EndTurn)];
        return events.Select((body, index) => Event(workId, (ulong)index + 1, body));
    }
}
