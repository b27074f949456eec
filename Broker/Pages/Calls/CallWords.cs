using Polydev.Broker.Calls;
using Polydev.Broker.Errors;
using Polydev.Broker.Pages.Viewing;
using Polydev.Protos.V1;

namespace Polydev.Broker.Pages.Calls;

/// <summary>What became of a call, and how it was made, in the words of the pages: ours, never a vendor's.</summary>
internal static class CallWords
{
    /// <summary>That there was nobody to answer: no machine, no CLI on it, or none that is signed in or can be locked.</summary>
    public static readonly IReadOnlyList<string> Unanswerable =
    [
        nameof(ApiErrorKind.TunnelOffline), nameof(ApiErrorKind.NoProvider), nameof(FailureKind.NoCli), nameof(FailureKind.NotLoggedIn),
        nameof(FailureKind.LockBroken), nameof(FailureKind.TunnelLost),
    ];

    public static readonly IReadOnlyList<string> Limited = [nameof(ApiErrorKind.RateLimited)];

    public static readonly IReadOnlyList<string> TimedOut = [nameof(ApiErrorKind.TimedOut)];

    /// <summary>The state's sign, and its word: "429 Limit: hour". The number is left out where the caller was sent another.</summary>
    public static (string State, string Text) ResultOf(CallView view)
    {
        var call = view.Call;
        if (view.IsRunning)
        {
            return ("run", "Running");
        }

        return call.Result switch
        {
            CallResult.Answered => ("ok", "Answered"),
            CallResult.Cancelled => ("off", "Cancelled"),
            _ => ("bad", call.Status >= StatusCodes.Status400BadRequest ? $"{call.Status} {FailureOf(call)}" : FailureOf(call)),
        };
    }

    public static string ApiOf(string dialect) => dialect switch
    {
        "openai-chat" => "OpenAI Chat",
        "openai-responses" => "OpenAI Responses",
        "openai-completions" => "OpenAI Completions",
        "openai-compaction" => "OpenAI compaction",
        "anthropic" => "Anthropic",
        "gemini" => "Google",
        _ => dialect,
    };

    /// <summary>In full: "OpenAI Chat Completions, streamed".</summary>
    public static string ApiInFull(RecordedCall call)
    {
        var api = call.Dialect switch
        {
            "openai-chat" => "OpenAI Chat Completions",
            "anthropic" => "Anthropic Messages",
            "gemini" => "Google generateContent",
            _ => ApiOf(call.Dialect),
        };
        return call.IsStreamed switch { true => $"{api}, streamed", false => $"{api}, in one piece", null => api };
    }

    /// <summary>Why its answer ended.</summary>
    public static string EndOf(CallView view) => view.Call.StopReason switch
    {
        "end_turn" => "end of turn",
        "max_tokens" => "the most tokens that it was allowed",
        "stop_sequence" => "a stop sequence",
        "tool_use" => "a call of the caller’s tools",
        "refusal" => "the model’s refusal",
        _ when view.IsRunning => Wording.None,
        _ when view.Call.Result == CallResult.Cancelled => "its caller, who left",
        _ => ResultOf(view).Text,
    };

    private static string FailureOf(RecordedCall call) => call.Outcome switch
    {
        nameof(ApiErrorKind.RateLimited) => call.RefusedBy switch
        {
            "hour" or "day" or "month" => $"Limit: {call.RefusedBy}",
            "account" => "Limit: account’s month",
            "vendor" => "Limit: vendor",
            _ => "Limit",
        },
        nameof(ApiErrorKind.TunnelOffline) or nameof(FailureKind.TunnelLost) => "Tunnel offline",
        nameof(ApiErrorKind.NoProvider) or nameof(FailureKind.NoCli) or nameof(FailureKind.LockBroken) => "No CLI",
        nameof(ApiErrorKind.NotLoggedIn) => "CLI not signed in",
        nameof(ApiErrorKind.TimedOut) => "Timed out",
        nameof(ApiErrorKind.Unauthenticated) or "revoked" => "Key",
        nameof(ApiErrorKind.Overloaded) or nameof(FailureKind.Busy) => "Busy",
        nameof(ApiErrorKind.InvalidRequest) => "Request",
        nameof(ApiErrorKind.ContextTooLong) or nameof(ApiErrorKind.TooLarge) => "Too long",
        nameof(ApiErrorKind.ModelNotFound) or nameof(FailureKind.UnknownModel) => "No such model",
        nameof(ApiErrorKind.Internal) => "Broker failed",
        _ => "CLI failed",
    };
}
