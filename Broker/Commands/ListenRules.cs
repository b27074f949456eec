using Polydev.Shared.Tunnel;

namespace Polydev.Broker.Commands;

/// <summary>Where a broker may listen: keys, tokens and prompts do not cross a network in cleartext unless that is asked for.</summary>
internal static class ListenRules
{
    /// <summary>What cannot be, each with its remedy.</summary>
    public static IEnumerable<string> Problems(ServeOptions options)
    {
        var isTls = options.Http.Scheme == Uri.UriSchemeHttps;
        if (isTls && options.TlsCert is null)
        {
            yield return $"{options.Http} needs a certificate: give it with --tls-cert FILE and --tls-key FILE (PEM).";
        }

        if (isTls && options.Grpc is not null)
        {
            yield return "With TLS one port serves REST and the tunnels: leave --grpc out.";
        }

        if (!isTls && options.TlsCert is not null)
        {
            yield return $"--tls-cert needs an https address: --http {new UriBuilder(options.Http) { Scheme = Uri.UriSchemeHttps }.Uri}";
        }

        if (options.TlsKey is not null && options.TlsCert is null)
        {
            yield return "--tls-key needs --tls-cert.";
        }

        foreach (var open in options.Insecure || isTls ? [] : options.Listening.Where(LoopbackHost.IsCleartextBeyond))
        {
            yield return $"{open} would take keys and prompts over the network in cleartext. Give a certificate (--http https://… "
                + "--tls-cert FILE --tls-key FILE), or listen on 127.0.0.1 behind a proxy that has one, or say --insecure where the "
                + "network is safe.";
        }

        if (!options.Insecure && options.PublicUrl is { } site && LoopbackHost.IsCleartextBeyond(site))
        {
            yield return $"--public-url {site} would take keys, prompts and sign-ins over the network in cleartext. Give the https address "
                + "of the proxy, or say --insecure where the network is safe.";
        }

        if (options.OpenId is { AnswersByForm: true } && (options.PublicUrl ?? options.Http).Scheme != Uri.UriSchemeHttps)
        {
            yield return "--oidc-form-post needs https: without it browsers send no cookie along with another site's form. Give "
                + "--public-url https://…, or --http https://… with a certificate.";
        }

        if (options is { OpenId.TakesLinks: false, WithTunnel: true })
        {
            yield return "--with-tunnel is for a broker of one person, who signs in by its link: leave --no-links out.";
        }

        if (options.Grpc?.Scheme == Uri.UriSchemeHttps)
        {
            yield return "--grpc is for tunnels without TLS: for TLS give --http an https address, and leave --grpc out.";
        }
    }
}
