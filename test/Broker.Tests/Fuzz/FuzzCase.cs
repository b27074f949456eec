using System.Text;

namespace Polydev.Broker.Tests.Fuzz;

/// <summary>One request, to the byte.</summary>
internal sealed record FuzzCase
{
    public required int Number { get; init; }

    public required string Method { get; init; }

    public required string Target { get; init; }

    public required IReadOnlyList<string> Headers { get; init; }

    /// <summary>As it is sent, chunks and their sizes included.</summary>
    public required byte[] Body { get; init; }

    /// <summary>In whose words the answer must be; null where the address or the method no longer says.</summary>
    public string? Dialect { get; init; }

    /// <summary>Its frame is good HTTP, so that it goes over a connection that is kept and comes back with an answer.</summary>
    public bool IsGoodHttp { get; init; } = true;

    /// <summary>It ends before it should, and the connection with it: there may be nobody left to answer.</summary>
    public bool IsCutOff { get; init; }

    public byte[] ToBytes()
    {
        var head = new StringBuilder($"{Method} {Target} HTTP/1.1\r\n");
        foreach (var header in Headers)
        {
            head.Append(header).Append("\r\n");
        }

        // Headers as Latin-1: a byte above 127 is one of the things to be tried.
        return [.. Encoding.Latin1.GetBytes(head.Append("\r\n").ToString()), .. Body];
    }

    public override string ToString()
    {
        var text = Encoding.UTF8.GetString(ToBytes());
        return text.Length <= 600 ? text : $"{text[..600]}… ({Body.Length} bytes of body)";
    }
}
