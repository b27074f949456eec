namespace Polydev.Broker.Keys;

/// <summary>One stream's watch over one credential.</summary>
internal interface IRevocationWatch : IDisposable
{
    CancellationToken Revoked { get; }
}
