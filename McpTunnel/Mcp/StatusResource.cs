using System.Text.Json;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Status;

namespace Polydev.McpTunnel.Mcp;

/// <summary><c>polydev://status</c>: the status report as JSON, as it stands; waits for no detection.</summary>
internal sealed class StatusResource(CliCatalog catalog, StatusReporter reporter) : McpServerResource
{
    private const string Uri = "polydev://status";

    public override ResourceTemplate ProtocolResourceTemplate { get; } = new()
    {
        Name = "status",
        Title = "Polydev status",
        Description = "The tunnel, the CLIs of this machine and the running calls, as JSON.",
        UriTemplate = Uri,
        MimeType = "application/json",
    };

    public override Resource ProtocolResource { get; } = new()
    {
        Name = "status",
        Title = "Polydev status",
        Description = "The tunnel, the CLIs of this machine and the running calls, as JSON.",
        Uri = Uri,
        MimeType = "application/json",
    };

    public override IReadOnlyList<object> Metadata => [];

    public override bool IsMatch(string uri) => uri == Uri;

    public override ValueTask<ReadResourceResult> ReadAsync(
        RequestContext<ReadResourceRequestParams> request, CancellationToken cancellationToken = default)
    {
        var json = JsonSerializer.Serialize(reporter.Report(catalog.Current), McpJson.Default.StatusReport);
        return ValueTask.FromResult(new ReadResourceResult
        {
            Contents = [new TextResourceContents { Uri = Uri, MimeType = "application/json", Text = json }],
        });
    }
}
