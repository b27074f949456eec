using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using Polydev.McpTunnel.Clis;
using Polydev.Protos.V1;
using Polydev.Shared.Text;

namespace Polydev.McpTunnel.Mcp;

/// <summary><c>list_models</c>: the models that this machine's CLIs report.</summary>
internal sealed class ModelsTool(CliCatalog catalog) : McpServerTool
{
    public override Tool ProtocolTool { get; } = new()
    {
        Name = "list_models",
        Title = "List the models",
        Description = "Lists the model ids that get_perspectives can ask, with the CLI that serves each and whether that CLI is ready.",
        InputSchema = Schemas.NoArguments,
        OutputSchema = Schemas.ModelsOutput,
        Annotations = new ToolAnnotations
        {
            Title = "List the models",
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
        var known = await catalog.GetAsync(cancellationToken);
        var models = known.Clis.SelectMany(cli => cli.Models.Select(model =>
            new ModelReport(
                PlainText.Line(model.Id),
                PlainText.Line(model.DisplayName),
                PlainText.Line(cli.Provider),
                cli.State == CliState.Ready))).ToList();
        var lines = models.Select(model => $"{model.Id} ({model.Provider}{(model.Ready ? string.Empty : ", not ready")})");
        return ToolResults.Of(string.Join('\n', lines), new ModelsResult(models), McpJson.Default.ModelsResult);
    }
}

/// <summary>What <c>list_models</c> gives back.</summary>
internal sealed record ModelsResult(IReadOnlyList<ModelReport> Models);

/// <param name="Ready">True when the model's CLI can answer now.</param>
internal sealed record ModelReport(string Id, string DisplayName, string Provider, bool Ready);
