using System.Text.Json;
using Polydev.Broker.Dialects;
using Polydev.Broker.Errors;
using Polydev.Broker.Keys;
using Polydev.Shared.Tunnel;

namespace Polydev.Broker.Stored;

/// <summary>The answers of before that a body goes on from, as tunnels had stored them.</summary>
internal sealed class EarlierRecords : IDisposable
{
    /// <summary>A record may hold what a body held one level deeper than it stood there.</summary>
    public const int MaxDepth = TunnelProtocol.MaxJsonDepth + 1;

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = MaxDepth };

    private readonly FoundResponses _found;
    private readonly IReadOnlyList<ReadOnlyMemory<byte>> _chain;
    private readonly IReadOnlyList<ReadOnlyMemory<byte>> _others;
    private readonly List<JsonDocument> _documents = [];

    private EarlierRecords(FoundResponses found, IReadOnlyList<ReadOnlyMemory<byte>> chain, AnswerReferences named)
    {
        (_found, _chain) = (found, chain);
        _others = [.. named.Others.Select(found.DataOf).OfType<ReadOnlyMemory<byte>>()];
    }

    /// <summary>As JSON.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> All => _chain.Concat(_others);

    /// <returns>Null where the body names none.</returns>
    /// <exception cref="ApiException">What it goes on from is not there, or too large.</exception>
    public static async ValueTask<EarlierRecords?> FindAsync(
        StoredResponses stored, Credential caller, AnswerReferences named, CancellationToken cancellationToken)
    {
        if (named.IsEmpty)
        {
            return null;
        }

        var found = await stored.FindAsync(caller, named.Previous, named.Others, cancellationToken);
        IReadOnlyList<ReadOnlyMemory<byte>> chain = [];
        if (named.Previous is { } id && found.ChainOf(id) is var whole)
        {
            if (whole is null)
            {
                found.Dispose();
                throw AnswerReferences.NotFound(id);
            }

            chain = whole;
        }

        return new EarlierRecords(found, chain, named);
    }

    /// <summary>What is given holds until this is disposed.</summary>
    public EarlierAnswers Parse() => new([.. _chain.Select(Element)], [.. _others.Select(Element)]);

    public void Dispose()
    {
        _documents.ForEach(document => document.Dispose());
        _found.Dispose();
    }

    private JsonElement Element(ReadOnlyMemory<byte> json)
    {
        try
        {
            var document = JsonDocument.Parse(json, Options);
            _documents.Add(document);
            return document.RootElement;
        }
        catch (JsonException)
        {
            throw EarlierAnswers.Broken();
        }
    }
}
