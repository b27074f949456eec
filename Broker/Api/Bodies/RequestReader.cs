using System.Buffers;
using System.Text.Json;
using Polydev.Broker.Dialects;
using Polydev.Broker.Errors;
using Polydev.Broker.Keys;
using Polydev.Broker.Limits;
using Polydev.Broker.Stored;
using Polydev.Shared.Tunnel;

namespace Polydev.Broker.Api.Bodies;

/// <summary>
/// Reads a caller's body: its bytes, then what it goes on from, then the JSON where they lie, then the dialect's call. The parser keeps 12
/// bytes for each token and unescapes texts in arrays of the process's shared pool: so the tokens are bounded, and what needs much is
/// parsed one after the other.
/// </summary>
internal sealed class RequestReader(BodyMemory memory, StoredResponses stored) : IDisposable
{
    /// <summary>Values, names and ends that a body may hold in all: a hundred for each part that a conversation may have.</summary>
    public const int MaxTokens = 5_000_000;

    // The parser's needs of a smaller body stay below LargeNeed whatever is in it.
    private const int SmallBody = 128 * 1024;
    private const int LargeNeed = 2 * 1024 * 1024;
    private const int BytesOfAToken = 12;

    private static readonly JsonDocumentOptions Options = new() { AllowTrailingCommas = false, MaxDepth = TunnelProtocol.MaxJsonDepth };

    private readonly SemaphoreSlim _large = new(1, 1);

    /// <exception cref="ApiException">Not JSON, over a bound, or what the dialect refuses.</exception>
    public async ValueTask<CompletionCall> ReadAsync(
        HttpRequest request, Credential caller, IDialect dialect, CompletionPath path, CancellationToken cancellationToken)
    {
        using var body = await RequestBody.ReadAsync(request, memory, cancellationToken);
        using var earlier = dialect is IStoringDialect storing
            ? await EarlierRecords.FindAsync(stored, caller, storing.References(body.Bytes.Span), cancellationToken)
            : null;
        var need = Math.Max(NeedOf(body.Bytes), earlier?.All.Select(NeedOf).DefaultIfEmpty().Max() ?? 0);
        if (need <= LargeNeed)
        {
            return Parse(body.Bytes, earlier, dialect, path);
        }

        await _large.WaitAsync(cancellationToken);
        try
        {
            return ParseLarge(body.Bytes, earlier, need, dialect, path);
        }
        finally
        {
            _large.Release();
        }
    }

    public void Dispose() => _large.Dispose();

    private static CompletionCall Parse(ReadOnlyMemory<byte> json, EarlierRecords? earlier, IDialect dialect, CompletionPath path)
    {
        using var document = Document(json);
        return dialect.Read(document.RootElement, earlier is null ? path : path with { Earlier = earlier.Parse() });
    }

    private static CompletionCall ParseLarge(
        ReadOnlyMemory<byte> json, EarlierRecords? earlier, int need, IDialect dialect, CompletionPath path)
    {
        try
        {
            return Parse(json, earlier, dialect, path);
        }
        finally
        {
            // The parser gave its arrays back to the pool, which would keep one of each size for each thread that ever parsed such a body,
            // for as long as the process is idle. This thread's are taken out again, and left to the collector.
            for (var bytes = 2 * LargeNeed; bytes < 2 * need; bytes *= 2)
            {
                ArrayPool<byte>.Shared.Rent(bytes);
            }
        }
    }

    private static JsonDocument Document(ReadOnlyMemory<byte> json)
    {
        try
        {
            return JsonDocument.Parse(json, Options);
        }
        catch (JsonException e)
        {
            throw NoJson(e);
        }
    }

    /// <summary>The largest array, in bytes, that the parser may ask for; 0 where it is small.</summary>
    private static int NeedOf(ReadOnlyMemory<byte> json)
    {
        if (json.Length <= SmallBody)
        {
            return 0;
        }

        var reader = new Utf8JsonReader(json.Span, new JsonReaderOptions { MaxDepth = EarlierRecords.MaxDepth });
        var tokens = 0;
        try
        {
            while (reader.Read())
            {
                if (++tokens > MaxTokens)
                {
                    throw new ApiException(ApiError.Invalid(
                        "body", $"The request body holds more than {MaxTokens} JSON values and names."));
                }
            }
        }
        catch (JsonException e)
        {
            throw NoJson(e);
        }

        return Math.Max(json.Length, tokens * BytesOfAToken);
    }

    private static ApiException NoJson(JsonException e) => new(ApiError.Invalid(
        "body", $"We could not parse the JSON body of your request (line {e.LineNumber + 1}, byte {e.BytePositionInLine})."));
}
