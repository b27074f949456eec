namespace Polydev.Broker.Api;

/// <summary>Marks the few endpoints that need no key.</summary>
internal sealed class OpenToAll
{
    public static OpenToAll Mark { get; } = new();
}
