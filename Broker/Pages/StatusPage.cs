using Polydev.Broker.Presence;
using Polydev.Broker.SignIn;

namespace Polydev.Broker.Pages;

/// <summary>The plain page at <c>/</c>. It needs no key, so it names no machine, no model, and no account but who is signed in.</summary>
internal sealed class StatusPage(ITunnelDirectory directory)
{
    public async Task WriteAsync(HttpContext context)
    {
        var online = await directory.SummarizeAsync(context.RequestAborted);
        var baseUrl = $"{context.Request.Scheme}://{context.Request.Host}/api/v1";
        await Page.WriteAsync(context, new PageContent("Broker", Html.Of($"""
            <h1>Polydev broker</h1>
            <p class="lede">{Count(online.Tunnels)} {online.InFlight} calls are running.</p>
            <p>Base URL for the OpenAI, Anthropic and Google SDKs: <code>{baseUrl}</code>, with a <code>pk-</code> key
            (<code>polydev-broker key create --name NAME</code>).</p>
            <p>A machine's CLIs come online with <code>polydev-mcp login</code> and <code>polydev-mcp tunnel</code>, or with any editor that
            starts <code>polydev-mcp</code>. With a key, <code>GET /api/v1/status</code> tells the details.</p>
            <p>{Next(SessionCookie.Of(context))}</p>
            """)));
    }

    private static Html Next(SignedIn? signedIn) => signedIn is null
        ? Html.Of($"""<a href="{SignInLinks.Path}">Sign in</a>""")
        : Html.Of($"""<a href="{DeviceHandler.PagePath}">Connect a machine</a>""");

    private static string Count(int tunnels) => tunnels switch
    {
        0 => "No tunnel is online.",
        1 => "1 tunnel is online.",
        _ => $"{tunnels} tunnels are online.",
    };
}
