using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Clis;

/// <summary>A CLI's turn that failed. The message reaches the caller of the API: no path, no secret, no prompt in it.</summary>
internal sealed class CliFailureException(FailureKind kind, string message, int vendorStatus = 0, Exception? inner = null)
    : Exception(message, inner)
{
    public FailureKind Kind { get; } = kind;

    /// <summary>The vendor's HTTP status where the CLI tells it, else 0.</summary>
    public int VendorStatus { get; } = vendorStatus;

    /// <summary>In whole seconds, where the vendor says it; else 0.</summary>
    public int RetryAfterSeconds { get; init; }

    /// <summary>The call of the model's that was no good, where that is all that is wrong: told of it, the model may do better.</summary>
    public SlippedCall? Slip { get; init; }

    /// <summary>A call that cannot be given out as it is.</summary>
    public static CliFailureException BadArguments(SlippedCall call) => new(
        FailureKind.Upstream,
        $"The model called '{CliText.Redact(call.Name)}' with arguments that are not a JSON object. Try again.")
    {
        Slip = call,
    };
}

/// <summary>A call of one of the caller's tools that the model has got wrong.</summary>
/// <param name="Id">The vendor's.</param>
/// <param name="Name">The caller's.</param>
/// <param name="Arguments">As the model wrote them.</param>
internal sealed record SlippedCall(string Id, string Name, string Arguments);

/// <summary>
/// What a vendor's HTTP status means, for all CLIs alike. A CLI's own words may say more: then its <c>…Errors</c> say it before they ask
/// here.
/// </summary>
internal static class VendorStatus
{
    /// <param name="status">0, or anything else that is no error status: the CLI told none.</param>
    public static FailureKind KindOf(int status) => status switch
    {
        401 or 403 => FailureKind.NotLoggedIn,
        404 => FailureKind.UnknownModel,

        // A time-out between the CLI and the vendor is nothing that the caller could have sent otherwise.
        408 => FailureKind.Upstream,
        413 => FailureKind.ContextTooLong,
        429 => FailureKind.RateLimited,

        // 529 is Anthropic's.
        503 or 529 => FailureKind.Overloaded,
        >= 400 and < 500 => FailureKind.InvalidRequest,
        _ => FailureKind.Upstream,
    };
}
