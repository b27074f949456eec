using System.Buffers;
using Polydev.Broker.Errors;
using Polydev.Broker.Routing;

namespace Polydev.Broker.Dialects;

/// <summary>What the dialects of one vendor share: the shape of its errors and of its model list, and its headers.</summary>
internal interface IApiFamily
{
    /// <summary>"openai", "anthropic" or "google".</summary>
    string Name { get; }

    /// <summary>The header that carries the request id, or null where the vendor sends none.</summary>
    string? RequestIdHeader { get; }

    /// <summary>
    /// Sets what the vendor says in headers of every answer of its, an error too, beside the request's id. Called as they go out, once for
    /// each call.
    /// </summary>
    /// <param name="took">From the call's first byte until now.</param>
    /// <param name="accountId">Whose key it is; null where there is no good one.</param>
    void SetHeaders(IHeaderDictionary headers, TimeSpan took, string? accountId);

    /// <summary>The vendor's HTTP status for the error.</summary>
    int StatusOf(ApiError error);

    /// <summary>The vendor's error body.</summary>
    void WriteError(IBufferWriter<byte> output, ApiError error, string requestId);

    /// <summary>The vendor's list of models.</summary>
    void WriteModels(IBufferWriter<byte> output, IReadOnlyList<ListedModel> models);

    /// <summary>The vendor's description of one model.</summary>
    void WriteModel(IBufferWriter<byte> output, ListedModel model);
}
