using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Pages.Frame;

namespace Polydev.Broker.Tests.Pages;

/// <summary>
/// What a browser can open by address: every page of the broker's own list, so that a new one is among them by itself. Downloads are none.
/// </summary>
public static class PageAddresses
{
    /// <param name="idBelow">What stands for an id below this part of a path; null: below another id, or at the beginning.</param>
    public static IEnumerable<string> Of(IServiceProvider services, Func<string?, string> idBelow) =>
        services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(one => one.Metadata.GetMetadata<PageRules>() is { IsStream: false }
                && one.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Contains("GET"))
            .Select(one => WithIds(one.RoutePattern.PathSegments, idBelow))
            .Where(path => !path.EndsWith(".csv", StringComparison.Ordinal));

    private static string WithIds(IReadOnlyList<RoutePatternPathSegment> path, Func<string?, string> idBelow) =>
        "/" + string.Join('/', path.Select((segment, index) =>
            LiteralOf(segment) ?? idBelow(index == 0 ? null : LiteralOf(path[index - 1]))));

    private static string? LiteralOf(RoutePatternPathSegment segment) => (segment.Parts[0] as RoutePatternLiteralPart)?.Content;
}
