using System.Text.Json;
using Polydev.ModelProvider.Requests;

namespace Polydev.ModelProvider.Scripts;

/// <summary>One vendor's API: reads its requests, writes its answers and errors.</summary>
internal interface IProviderApi
{
    Conversation Read(JsonElement body);

    IAnswerStream OpenStream(ServerSentEventStream events, ProviderRequest request, ProviderScript script);

    /// <summary>The whole answer as one JSON value.</summary>
    object Whole(ProviderRequest request, ProviderScript script, ScriptedAnswer answer);

    /// <summary>The vendor's usual error body for the status.</summary>
    object Error(int status, string message);

    /// <summary>The headers by which the vendor tells a subscription's windows; none where it has no such.</summary>
    IEnumerable<(string Name, string Value)> Headers(ProviderWindows windows) => [];

    object Models(IReadOnlyList<string> models);

    object TokenCount(int tokens);
}

/// <summary>Writes one answer as the dialect's stream; every call is on the wire when it returns.</summary>
internal interface IAnswerStream
{
    Task StartAsync();

    /// <summary>Text, thinking, a tool call or a raw item.</summary>
    Task WriteAsync(ProviderStep step);

    Task FailAsync(ProviderStep.MidStreamError error);

    Task FinishAsync(ScriptedAnswer answer);
}
