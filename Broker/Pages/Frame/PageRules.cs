namespace Polydev.Broker.Pages.Frame;

/// <summary>Stands at the endpoint of every page.</summary>
/// <param name="NeedsAccount">Who is not signed in is sent to sign in first.</param>
internal sealed record PageRules(bool NeedsAccount)
{
    /// <summary>What a page answers to: a look that changes nothing.</summary>
    public static readonly string[] Probes = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>For all.</summary>
    public static readonly PageRules Open = new(NeedsAccount: false);

    /// <summary>For a form that another site has the browser post, and that bears a proof of its own.</summary>
    public static readonly PageRules OpenToForms = new(NeedsAccount: false) { TakesForeignForms = true };

    public static readonly PageRules RequireAccount = new(NeedsAccount: true);

    public bool TakesForeignForms { get; private init; }

    /// <summary>What a page's script asks for: who is not signed in is told so, and sent nowhere.</summary>
    public static readonly PageRules Stream = new(NeedsAccount: true) { IsStream = true };

    /// <summary>It is no HTML, and goes on until one of the two ends leaves.</summary>
    public bool IsStream { get; private init; }

    public static PageRules? Of(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<PageRules>();
}

internal static class PageRoutes
{
    /// <summary>A page: it changes nothing.</summary>
    public static void MapPage(this IEndpointRouteBuilder routes, string path, PageRules rules, RequestDelegate show) =>
        routes.MapMethods(path, PageRules.Probes, show).WithMetadata(rules);

    /// <summary>What a form of ours is sent to.</summary>
    public static void MapForm(this IEndpointRouteBuilder routes, string path, PageRules rules, RequestDelegate act) =>
        routes.MapPost(path, act).WithMetadata(rules);
}
