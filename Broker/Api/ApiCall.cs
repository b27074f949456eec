using Microsoft.AspNetCore.Http.Features;
using Polydev.Broker.Dialects;
using Polydev.Broker.Keys;

namespace Polydev.Broker.Api;

/// <summary>What every handler needs of one HTTP call, kept in its features.</summary>
internal sealed class ApiCall(string requestId, IApiFamily family)
{
    /// <summary>Ours, and the caller's to quote: <c>req_…</c>.</summary>
    public string RequestId { get; } = requestId;

    /// <summary>In whose words errors are given.</summary>
    public IApiFamily Family { get; } = family;

    /// <summary>Whose key it is. Set by <see cref="KeyAuthentication"/> before any handler that is not open to all.</summary>
    public Credential Caller { get => field ?? throw new InvalidOperationException("The call has not been authenticated."); set; }

    public static ApiCall Of(HttpContext context) => context.Features.GetRequiredFeature<ApiCall>();
}
