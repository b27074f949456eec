using Polydev.Broker.Errors;
using Polydev.Shared.Tunnel;

namespace Polydev.Broker.Hosting;

/// <summary>
/// Refuses what a CLI of our own tunnels sends: it answers a call of a broker, and is asking a broker for the answer, without end.
/// </summary>
internal sealed class LoopGuard(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context) => !context.Request.Headers.ContainsKey(TunnelProtocol.HopHeader)
        ? next(context)
        : throw new ApiException(new ApiError(
            ApiErrorKind.InvalidRequest,
            "This call has come back round: the base URL of the CLI that was to answer it is a Polydev broker's. Point that CLI at its "
                + "vendor.")
        {
            ShouldRetry = false,
        });
}
