namespace Polydev.McpTunnel.Tests.JsonRpc;

internal sealed record Ask(string Text);
