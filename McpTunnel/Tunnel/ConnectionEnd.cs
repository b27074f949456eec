using Polydev.Shared.Text;

namespace Polydev.McpTunnel.Tunnel;

/// <summary>How a connection came to its end, or to nothing, and what follows from it.</summary>
internal sealed record ConnectionEnd
{
    public required ConnectionEndKind Kind { get; init; }

    /// <summary>For a person, and partly in the broker's own words: plain text of one line.</summary>
    public string Message { get; init => field = PlainText.Line(value, PlainText.LongestMessage); } = string.Empty;

    /// <summary>The broker's wish; zero when it has none.</summary>
    public TimeSpan RetryAfter { get; init; }

    public static ConnectionEnd Lost(string message) => new() { Kind = ConnectionEndKind.Lost, Message = message };
}

internal enum ConnectionEndKind
{
    /// <summary>Not reached, cut, silent for too long, or closed by the broker.</summary>
    Lost,

    /// <summary>The broker is going: what runs here goes on, new work comes over the next connection.</summary>
    Drained,

    /// <summary>Refused for now.</summary>
    Refused,

    /// <summary>Refused, and trying again with the same settings cannot help.</summary>
    RefusedForGood,

    /// <summary>This process ended it.</summary>
    Stopped,
}

/// <summary>There is no connection, or no longer. The message is for a person.</summary>
internal sealed class ConnectionEndedException(ConnectionEnd end, Exception? inner = null) : Exception(end.Message, inner)
{
    public ConnectionEnd End { get; } = end;
}
