namespace Polydev.Broker.Keys;

/// <summary>What a store knows of one secret.</summary>
/// <param name="SecretHash">SHA-256, 32 bytes.</param>
internal sealed record StoredCredential(Credential Credential, byte[] SecretHash);
