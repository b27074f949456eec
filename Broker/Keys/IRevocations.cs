namespace Polydev.Broker.Keys;

/// <summary>Tells running streams that their credential has been revoked, by this process or by another on the same database.</summary>
internal interface IRevocations
{
    /// <summary>Cancelled within two seconds of the revocation. The caller disposes the watch when its stream ends.</summary>
    IRevocationWatch Watch(Credential credential);
}
