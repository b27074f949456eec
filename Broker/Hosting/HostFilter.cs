using Polydev.Broker.Errors;

namespace Polydev.Broker.Hosting;

/// <summary>
/// A broker on loopback answers to the names of this machine and to its public one alone: else any web page could speak to it as if it were
/// of the same origin (DNS rebinding).
/// </summary>
internal sealed class HostFilter(RequestDelegate next, BrokerAddresses addresses)
{
    public Task InvokeAsync(HttpContext context)
    {
        // No browser leaves it out.
        var host = context.Request.Host.Host;
        return host.Length == 0 || addresses.Answers(host) ? next(context) : throw new ApiException(new ApiError(
            ApiErrorKind.InvalidRequest,
            "This broker listens on loopback and answers to localhost, 127.0.0.1 and [::1] only, not to the Host of this request. "
                + "If it is meant to be reached by that name, start it with --public-url."));
    }
}
