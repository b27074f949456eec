using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Polydev.McpTunnel.Tunnel;

namespace Polydev.McpTunnel.Doctor.Checks;

/// <summary>The broker's certificate: its dates, its name, and who vouches for it.</summary>
internal sealed class BrokerTlsCheck(BrokerExam exam, TimeProvider time) : IDoctorCheck
{
    /// <summary>Those that renew themselves have done it by then.</summary>
    public static readonly TimeSpan EndsSoon = TimeSpan.FromDays(14);

    private const string Renew = "polydev-broker serve --tls-cert NEW.pem --tls-key NEW-KEY.pem";
    private const X509ChainStatusFlags NobodyVouches = X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain;

    private readonly string _host = exam.Settings.Broker.Host;

    public string Name => "broker tls";

    public async Task<CheckResult> RunAsync(CancellationToken cancellationToken)
    {
        if (exam.NotAsked is { } reason)
        {
            return CheckResult.Skipped(reason);
        }

        var broker = exam.Settings.Broker;
        if (broker.Scheme != Uri.UriSchemeHttps)
        {
            return broker.IsLoopback
                ? CheckResult.Skipped("The broker is on this machine, and needs no TLS.")
                : CheckResult.Warning(
                    $"{TunnelSettings.InsecureVariable} lets the token and all conversations cross the network in cleartext.",
                    $"unset {TunnelSettings.InsecureVariable}; export {TunnelSettings.UrlVariable}=https://{_host}");
        }

        var answer = await exam.AnswerAsync(cancellationToken);
        return answer switch
        {
            { Sight.Certificate: { } certificate } => Judge(certificate),
            { IsTlsProblem: true } => CheckResult.Failed(answer.Problem!, $"openssl s_client -connect {_host}:{broker.Port}"),
            _ => CheckResult.Skipped("The broker was not reached."),
        };
    }

    private CheckResult Judge(SeenCertificate certificate)
    {
        var now = time.GetUtcNow();
        return certificate switch
        {
            _ when certificate.Until < now => CheckResult.Failed(
                $"The certificate of {_host} has expired on {Day(certificate.Until)}.", Renew),
            _ when certificate.From > now => CheckResult.Failed(
                $"The certificate of {_host} is good from {Day(certificate.From)} on only, or this machine's clock is slow.",
                ClockCommand.Set),
            _ when certificate.Errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) => CheckResult.Failed(
                $"The certificate that {_host} shows is of another name ({certificate.Subject}).",
                $"export {TunnelSettings.UrlVariable}=https://A-NAME-OF-THE-CERTIFICATE"),
            _ when (certificate.Chain & NobodyVouches) != 0 => CheckResult.Failed(
                $"The certificate of {_host} is of an authority that is not trusted here ({certificate.Issuer}).",
                $"export {BrokerTrust.FileVariable}=/path/to/that-authority.pem"),
            _ when certificate.Chain.HasFlag(X509ChainStatusFlags.Revoked) =>
                CheckResult.Failed($"The certificate of {_host} has been revoked.", Renew),
            { Errors: not SslPolicyErrors.None } => CheckResult.Failed(
                $"The certificate of {_host} is not good ({certificate.Chain}, {certificate.Errors}).", Renew),
            _ when certificate.Until - now < EndsSoon => CheckResult.Warning(
                $"The certificate of {_host} ends soon, on {Day(certificate.Until)}.", Renew),
            _ => CheckResult.Ok($"The certificate of {_host} is trusted, until {Day(certificate.Until)}."),
        };
    }

    private static string Day(DateTimeOffset moment) =>
        moment.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
}
