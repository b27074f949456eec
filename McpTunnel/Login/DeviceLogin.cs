using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Polydev.McpTunnel.Tunnel;
using Polydev.Shared.Text;
using Polydev.Shared.Tunnel;

namespace Polydev.McpTunnel.Login;

/// <summary>
/// Logs this machine in at one broker (RFC 8628): a person approves it in a browser, and the token that comes of it goes to that broker and
/// nowhere else.
/// </summary>
internal sealed class DeviceLogin(TunnelSettings settings, TimeProvider time)
{
    private const string ClientId = "polydev-mcp";
    private const string GrantType = "urn:ietf:params:oauth:grant-type:device_code";
    private const int MostBytes = 64 * 1024;
    private static readonly TimeSpan SlowDown = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private Uri? _tokens;

    /// <exception cref="ConnectionEndedException">The broker does not answer, or logs nobody in.</exception>
    public async Task<DeviceCode> StartAsync(string machineName, string version, CancellationToken cancellationToken)
    {
        var address = await BrokerDiscovery.AskAsync(settings, cancellationToken);
        var codes = OfTheBroker(address?.DeviceCode);
        _tokens = OfTheBroker(address?.TokenGiver);
        var (answer, code) = await SendAsync(
            codes,
            new() { ["machine_name"] = machineName, ["client_version"] = version },
            LoginJson.Default.DeviceCode,
            cancellationToken);
        return code is { Code.Length: > 0, ExpiresIn: > 0 } && IsPage(code.VerificationUri) && IsPage(code.Page)
            ? code
            : throw Refused(answer);
    }

    /// <summary>Asks until a person has decided. A broker that does not answer for a while is asked again, less often.</summary>
    /// <exception cref="ConnectionEndedException">Denied, or the code has ended.</exception>
    public async Task<StoredLogin> WaitAsync(DeviceCode code, CancellationToken cancellationToken)
    {
        var interval = TimeSpan.FromSeconds(Math.Clamp(code.Interval, 1, 60));
        var began = time.GetTimestamp();

        // Once more behind its end: who approves in the last seconds is heard.
        var limit = TimeSpan.FromSeconds(code.ExpiresIn) + interval;
        while (time.GetElapsedTime(began) < limit)
        {
            await Task.Delay(interval, time, cancellationToken);
            try
            {
                var (answer, _) = await SendAsync(
                    _tokens!,
                    new() { ["grant_type"] = GrantType, ["device_code"] = code.Code },
                    LoginJson.Default.TokenAnswer,
                    cancellationToken);
                switch (answer)
                {
                    case { AccessToken: { Length: > 0 } token }:
                        return new StoredLogin(settings.Broker, token, PlainText.Line(answer.MachineName));
                    case { Error: "authorization_pending" }:
                        break;
                    case { Error: "slow_down" or "temporarily_unavailable" }:
                        interval += SlowDown;
                        break;
                    default:
                        throw Refused(answer);
                }
            }
            catch (HttpRequestException)
            {
                interval += SlowDown;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                interval += SlowDown;
            }
        }

        throw Ended("The code has ended. Run polydev-mcp login again.");
    }

    /// <summary>Ends a token at its broker.</summary>
    /// <exception cref="ConnectionEndedException">The broker does not answer, or takes none back.</exception>
    public async Task RevokeAsync(string token, CancellationToken cancellationToken)
    {
        var address = await BrokerDiscovery.AskAsync(settings, cancellationToken);
        try
        {
            using var http = CreateClient();
            using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["client_id"] = ClientId, ["token"] = token });
            using var response = await http.PostAsync(OfTheBroker(address?.Revocation), form, cancellationToken);
            response.EnsureSuccessStatusCode();
        }
        catch (HttpRequestException e)
        {
            throw Ended($"{settings.Broker} did not take the token back: {e.Message}");
        }
    }

    // It is shown to a person and given to a browser: nothing else opens by it.
    private static bool IsPage(Uri url) => url is { IsAbsoluteUri: true, Scheme: "http" or "https" };

    // What a document says does not lead a token or a code away from the broker that was chosen.
    private Uri OfTheBroker(Uri? endpoint)
    {
        var broker = settings.Broker;
        return endpoint is null
            ? throw Ended($"{broker} logs no machines in: it is an older one. Make a token there (polydev-broker token create).")
            : endpoint.IsAbsoluteUri && endpoint.Scheme == broker.Scheme && endpoint.Port == broker.Port
                && LoopbackHost.AreSame(endpoint.IdnHost, broker.IdnHost)
                ? endpoint
                : throw Ended($"{broker} names {endpoint} to log in at: log in there, by its own address.");
    }

    // A code or a token is not sent on to where an answer points.
    private HttpClient CreateClient()
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            SslOptions = settings.Trust.Options(),
            UseProxy = !settings.Broker.IsLoopback,
        };
        return new HttpClient(handler) { Timeout = Limit, MaxResponseContentBufferSize = MostBytes };
    }

    // An error of OAuth comes with a status of its own: the body tells.
    private async Task<(TokenAnswer Answer, T? Body)> SendAsync<T>(
        Uri url, Dictionary<string, string> fields, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        fields["client_id"] = ClientId;
        using var http = CreateClient();
        using var form = new FormUrlEncodedContent(fields);
        using var response = await http.PostAsync(url, form, cancellationToken);
        try
        {
            var text = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            var answer = JsonSerializer.Deserialize(text, LoginJson.Default.TokenAnswer) ?? new TokenAnswer();
            return (answer, response.IsSuccessStatusCode ? JsonSerializer.Deserialize(text, type) : null);
        }
        catch (JsonException)
        {
            throw new HttpRequestException($"{url} answered {(int)response.StatusCode}.");
        }
    }

    private ConnectionEndedException Refused(TokenAnswer answer) =>
        Ended($"{settings.Broker} did not log this machine in: {answer.ErrorDescription ?? answer.Error ?? "it did not say why"}");

    private static ConnectionEndedException Ended(string message) => new(ConnectionEnd.Lost(message));
}
