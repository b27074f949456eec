using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Polydev.Broker.Hosting;

/// <summary>What the broker shows to those who connect with TLS. Read once: who renews it restarts the broker.</summary>
/// <param name="Leaf">With its private key.</param>
/// <param name="Chain">All certificates of the file, the authorities between ours and the root among them.</param>
internal sealed record TlsCertificate(X509Certificate2 Leaf, X509Certificate2Collection Chain)
{
    /// <summary>It is its own authority: who connects must be given it to trust.</summary>
    public bool IsSelfSigned => Leaf.SubjectName.RawData.AsSpan().SequenceEqual(Leaf.IssuerName.RawData);

    /// <param name="file">PEM.</param>
    /// <param name="keyFile">PEM, not encrypted; null: the key stands in the same file.</param>
    /// <exception cref="TlsCertificateException">One of them cannot be read, or they do not belong together.</exception>
    public static TlsCertificate Load(string file, string? keyFile)
    {
        try
        {
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(file);
            return new TlsCertificate(ForThisSystem(X509Certificate2.CreateFromPemFile(file, keyFile)), chain);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            // ArgumentException: a key that is not the certificate's.
            throw new TlsCertificateException(
                $"the certificate {file}{(keyFile is null ? string.Empty : $" with the key {keyFile}")} cannot be used: {e.Message} "
                + "Give --tls-cert and --tls-key PEM files, the key not encrypted.",
                e);
        }
    }

    public void Configure(HttpsConnectionAdapterOptions https) => (https.ServerCertificate, https.ServerCertificateChain) = (Leaf, Chain);

    // Windows' TLS takes no key that lives in this process's memory alone.
    private static X509Certificate2 ForThisSystem(X509Certificate2 loaded)
    {
        if (!OperatingSystem.IsWindows())
        {
            return loaded;
        }

        using (loaded)
        {
            return X509CertificateLoader.LoadPkcs12(loaded.Export(X509ContentType.Pkcs12), password: null);
        }
    }
}

/// <summary>The certificate cannot be used; the message says why and what to give instead.</summary>
internal sealed class TlsCertificateException(string message, Exception inner) : Exception(message, inner);
