using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Polydev.McpTunnel.Tunnel;

/// <summary>Whose certificates a broker may show: the authorities of the system, or those of one file in their place.</summary>
internal sealed class BrokerTrust
{
    public const string FileVariable = "POLYDEV_CA_FILE";

    public static readonly BrokerTrust OfTheSystem = new([]);

    private readonly X509Certificate2Collection _authorities;

    private BrokerTrust(X509Certificate2Collection authorities) => _authorities = authorities;

    /// <summary>Null where the file (PEM) cannot be read or holds no certificate.</summary>
    public static BrokerTrust? Load(string file)
    {
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPemFile(file);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            return null;
        }

        return authorities.Count > 0 ? new BrokerTrust(authorities) : null;
    }

    /// <summary>The name in the certificate, its dates and its chain are always looked at.</summary>
    public SslClientAuthenticationOptions Options()
    {
        var options = new SslClientAuthenticationOptions();
        if (_authorities.Count > 0)
        {
            // A private authority publishes no list of what it has revoked.
            options.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            options.CertificateChainPolicy.CustomTrustStore.AddRange(_authorities);
        }

        return options;
    }
}
