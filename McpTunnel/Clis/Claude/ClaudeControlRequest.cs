namespace Polydev.McpTunnel.Clis.Claude;

/// <summary>A line that sets the process up; answered by a <c>control_response</c> of the same id.</summary>
internal sealed record ClaudeControlRequest(string RequestId, ClaudeControlBody Request)
{
    public string Type { get; } = "control_request";
}
