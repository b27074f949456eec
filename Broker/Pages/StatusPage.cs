using System.Text.Encodings.Web;
using Polydev.Broker.Presence;

namespace Polydev.Broker.Pages;

/// <summary>The plain page at <c>/</c>. It needs no key, so it names no account, machine or model.</summary>
internal sealed class StatusPage(ITunnelDirectory directory)
{
    public async Task WriteAsync(HttpContext context)
    {
        var online = await directory.SummarizeAsync(context.RequestAborted);
        var baseUrl = HtmlEncoder.Default.Encode($"{context.Request.Scheme}://{context.Request.Host}/api/v1");
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'";
        await context.Response.WriteAsync($$"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Polydev broker</title>
            <style>
            :root { color-scheme: light dark }
            body { font: 16px/1.6 system-ui, sans-serif; max-width: 42rem; margin: 4rem auto; padding: 0 1rem }
            code { padding: .1rem .3rem; border-radius: .25rem; background: color-mix(in srgb, currentColor 10%, transparent) }
            .state { font-weight: 600 }
            </style>
            </head>
            <body>
            <h1>Polydev broker</h1>
            <p class="state">{{Count(online.Tunnels)}}
            {{online.InFlight}} calls are running.</p>
            <p>Base URL for the OpenAI, Anthropic and Google SDKs: <code>{{baseUrl}}</code>, with a <code>pk-</code> key
            (<code>polydev-broker key create --name NAME</code>).</p>
            <p>A machine's CLIs come online with <code>polydev-mcp tunnel</code>, or with any editor that starts <code>polydev-mcp</code>.
            With a key, <code>GET /api/v1/status</code> tells the details.</p>
            </body>
            </html>
            """, context.RequestAborted);
    }

    private static string Count(int tunnels) => tunnels switch
    {
        0 => "No tunnel is online.",
        1 => "1 tunnel is online.",
        _ => $"{tunnels} tunnels are online.",
    };
}
