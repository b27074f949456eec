using Polydev.Broker.Dialects;
using Polydev.Broker.Routing;

namespace Polydev.Broker.Api;

/// <summary>Says in <c>x-polydev-ignored</c> which fields of the request the CLI cannot honour.</summary>
internal static class IgnoredFields
{
    public static void Tell(HttpResponse response, CompletionCall call, ModelRoute route)
    {
        var ignored = call.Requested.Where(field => !route.Honours.Contains(field.Feature)).Select(field => field.Field).ToList();
        if (ignored.Count > 0)
        {
            response.Headers["x-polydev-ignored"] = string.Join(", ", ignored);
        }
    }
}
