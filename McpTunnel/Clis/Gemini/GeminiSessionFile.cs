using System.Text;
using System.Text.Json;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Clis.Gemini;

/// <summary>The session file of one call: written by us, then continued by the CLI.</summary>
internal sealed class GeminiSessionFile(string path, Guid session)
{
    private long _ours;

    public async Task WriteAsync(WorkItem item, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var lines = GeminiHistory.Write(item, session, now);
        await File.WriteAllBytesAsync(path, lines, cancellationToken);
        _ours = lines.Length;
    }

    /// <summary>The tokens of the answer, with those cached and thought: the CLI writes them here only. Null when they cannot be found.</summary>
    public async Task<GeminiProtocol.RecordedTokens?> ReadTokensAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            file.Position = _ours;
            using var reader = new StreamReader(file, Encoding.UTF8);
            GeminiProtocol.RecordedTokens? tokens = null;
            while (await reader.ReadLineAsync(cancellationToken) is { } line)
            {
                var recorded = line.Length > 0 ? JsonSerializer.Deserialize(line, GeminiJson.Default.RecordedAnswer) : null;
                tokens = recorded is { Type: "gemini", Tokens: { } found } ? found : tokens;
            }

            return tokens;
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            // Another version's file: the protocol's own, coarser figures serve.
            return null;
        }
    }
}
