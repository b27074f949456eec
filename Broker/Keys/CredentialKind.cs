namespace Polydev.Broker.Keys;

/// <summary>The two secrets that a broker gives out.</summary>
internal enum CredentialKind
{
    /// <summary><c>pk-…</c>: a caller of the API.</summary>
    ApiKey = 1,

    /// <summary><c>pd_…</c>: a tunnel.</summary>
    TunnelToken = 2,
}
