using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Polydev.TestKit;

/// <summary>A certificate of this run's own, for localhost and 127.0.0.1, that nobody trusts who is not told to.</summary>
public sealed class TestCertificate : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <param name="days">From when to when it is good, in days from now.</param>
    public TestCertificate(string name = "localhost", (int From, int Until)? days = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        if (name == "localhost")
        {
            names.AddIpAddress(IPAddress.Loopback);
        }

        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(days?.From ?? -1), now.AddDays(days?.Until ?? 1));
        (CertFile, KeyFile, BothFile) = (_folder.File("cert.pem"), _folder.File("key.pem"), _folder.File("both.pem"));
        File.WriteAllText(CertFile, certificate.ExportCertificatePem());
        File.WriteAllText(KeyFile, key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(BothFile, $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
    }

    /// <summary>PEM; also what a client is to trust.</summary>
    public string CertFile { get; }

    public string KeyFile { get; }

    /// <summary>Certificate and key in one.</summary>
    public string BothFile { get; }

    /// <summary>For a client that trusts this certificate and no other.</summary>
    public SocketsHttpHandler TrustingHandler()
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(CertFile);
        return new SocketsHttpHandler { SslOptions = { CertificateChainPolicy = policy } };
    }

    public void Dispose() => _folder.Dispose();
}
