namespace Polydev.McpTunnel.Clis.Claude.Wire;

/// <summary>A line that sets the process up; answered by a <c>control_response</c> of the same id.</summary>
internal sealed record ControlRequest(string RequestId, ControlBody Request)
{
    public string Type { get; } = "control_request";
}
