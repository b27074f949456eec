using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Status;

namespace Polydev.McpTunnel.Mcp;

/// <summary><c>get_cli_status</c>: looks anew for the CLIs of this machine.</summary>
internal sealed class CliStatusTool(CliCatalog catalog) : McpServerTool
{
    public override Tool ProtocolTool { get; } = new()
    {
        Name = "get_cli_status",
        Title = "Check the AI CLIs",
        Description = "Looks anew for the AI CLIs on this machine (Claude Code, Codex, Gemini): which are installed, in which version, "
            + "whether they are logged in, which models they serve, and what to do about those that are not ready. Makes no model call.",
        InputSchema = Schemas.NoArguments,
        OutputSchema = Schemas.CliStatusOutput,
        Annotations = new ToolAnnotations
        {
            Title = "Check the AI CLIs",
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
        var clis = StatusReporter.Clis(await catalog.DetectAsync(cancellationToken));
        var text = string.Join('\n', clis.Select(StatusText.WithQuota));
        return ToolResults.Of(text, new CliStatusResult(clis), McpJson.Default.CliStatusResult);
    }
}

/// <summary>What <c>get_cli_status</c> gives back.</summary>
internal sealed record CliStatusResult(IReadOnlyList<CliReport> Clis);
