namespace Polydev.Broker.Errors;

/// <summary>Everything that a call can fail of, before a vendor's family gives it that vendor's words.</summary>
internal enum ApiErrorKind
{
    InvalidRequest,
    Unauthenticated,
    NotFound,
    ModelNotFound,
    MethodNotAllowed,
    TooLarge,
    ContextTooLong,
    RateLimited,
    Overloaded,
    TunnelOffline,
    NoProvider,
    NotLoggedIn,
    TimedOut,
    Upstream,
    Internal,
}
