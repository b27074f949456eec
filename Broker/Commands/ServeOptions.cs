namespace Polydev.Broker.Commands;

/// <summary>What <c>polydev-broker serve</c> was told.</summary>
internal sealed record ServeOptions
{
    /// <summary>REST and pages. Port 0 takes a free one.</summary>
    public Uri Http { get; init; } = new("http://127.0.0.1:5080");

    /// <summary>The tunnels' port. With <c>https</c> on <see cref="Http"/> it is not needed: one TLS port serves both.</summary>
    public Uri Grpc { get; init; } = new("http://127.0.0.1:5081");

    public required string DataFolder { get; init; }

    /// <summary>Where the broker is reached from outside, when a proxy stands before it.</summary>
    public Uri? PublicUrl { get; init; }

    /// <summary>Start a tunnel for this machine's own CLIs beside the broker.</summary>
    public bool WithTunnel { get; init; }

    /// <summary>A call fails when its CLI says nothing for this long.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(120);
}
