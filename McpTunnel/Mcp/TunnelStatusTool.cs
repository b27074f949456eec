using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Status;

namespace Polydev.McpTunnel.Mcp;

/// <summary><c>tunnel_status</c>: whether the API reaches this machine, and if not, what is missing.</summary>
internal sealed class TunnelStatusTool(CliCatalog catalog, StatusReporter reporter) : McpServerTool
{
    public override Tool ProtocolTool { get; } = new()
    {
        Name = "tunnel_status",
        Title = "Check the tunnel",
        Description = "Tells whether the Polydev tunnel is online, to which broker, what runs over it, and, where something is missing "
            + "(a token, the broker, a CLI or its login), what it is and how to get it.",
        InputSchema = Schemas.NoArguments,
        OutputSchema = Schemas.StatusOutput,
        Annotations = new ToolAnnotations
        {
            Title = "Check the tunnel",
            ReadOnlyHint = true,
            DestructiveHint = false,
            IdempotentHint = true,
            OpenWorldHint = false,
        },
    };

    public override IReadOnlyList<object> Metadata => [];

    public override async ValueTask<CallToolResult> InvokeAsync(
        RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken = default)
    {
        var report = reporter.Report(await catalog.GetAsync(cancellationToken));
        return ToolResults.Of(StatusText.Of(report), report, McpJson.Default.StatusReport);
    }
}
