using Polydev.Shared.Tokens;

namespace Polydev.Broker.Keys;

/// <summary>A new credential, with the secret that is shown this once.</summary>
internal sealed record IssuedCredential(Credential Credential, SecretToken Secret);
