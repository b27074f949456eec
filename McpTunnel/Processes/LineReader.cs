using System.Buffers;
using System.IO.Pipelines;

namespace Polydev.McpTunnel.Processes;

/// <summary>Reads a child's stdout line by line, only as fast as it is asked to. One reader at a time.</summary>
internal sealed class LineReader(Stream stream)
{
    /// <summary>A longer line is not an answer of a CLI: 64 MiB.</summary>
    private const int MaxLineBytes = 64 * 1024 * 1024;

    private readonly PipeReader _pipe = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 16 * 1024));

    /// <summary>The next line without its end, as UTF-8 bytes; null at the end of the stream.</summary>
    /// <exception cref="InvalidDataException">A line over 64 MiB.</exception>
    public async ValueTask<byte[]?> ReadAsync(CancellationToken cancellationToken)
    {
        // What has been searched is not searched again: a line of many reads would take the square of its length.
        var searched = 0L;
        while (true)
        {
            var result = await _pipe.ReadAsync(cancellationToken);
            var buffer = result.Buffer;
            if (buffer.Slice(searched).PositionOf((byte)'\n') is { } end)
            {
                var line = buffer.Slice(0, end).ToArray();
                _pipe.AdvanceTo(buffer.GetPosition(1, end));
                return line is [.., (byte)'\r'] ? line[..^1] : line;
            }

            if (buffer.Length > MaxLineBytes)
            {
                _pipe.AdvanceTo(buffer.Start, buffer.End);
                throw new InvalidDataException("The CLI wrote a line of more than 64 MiB.");
            }

            if (result.IsCompleted)
            {
                var rest = buffer.ToArray();
                _pipe.AdvanceTo(buffer.End);
                return rest.Length == 0 ? null : rest;
            }

            searched = buffer.Length;
            _pipe.AdvanceTo(buffer.Start, buffer.End);
        }
    }
}
