namespace Polydev.Broker.Api;

/// <summary>The answer of <c>GET /.well-known/polydev</c>: where a tunnel finds the gRPC port.</summary>
internal sealed record WellKnownBody(string Grpc, string Version, int Protocol);
