namespace Polydev.McpTunnel.Tests.JsonRpc;

internal sealed record Told(int Number);
