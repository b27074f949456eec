using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.Extensions.Options;
using Polydev.Shared.Text;

namespace Polydev.Broker.SignIn.OpenId;

/// <summary>Whether the provider answers. What it says of itself is kept by the library, and read anew from time to time.</summary>
internal sealed class OpenIdProvider(
    OpenIdOptions options, IOptionsMonitor<OpenIdConnectOptions> handler, ILogger<OpenIdProvider> logger)
{
    /// <summary>Between two looks at a provider that does not answer.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(15);

    private const int LongestReason = 300;

    private int _state;

    public OpenIdOptions Options => options;

    /// <summary>True from the first look that failed until one that did not.</summary>
    public bool IsSilent => Volatile.Read(ref _state) == (int)Known.Silent;

    /// <summary>Asks the provider for its configuration, unless that is known.</summary>
    /// <returns>False: there is no signing in with it now.</returns>
    public async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        try
        {
            var configuration = await handler.Get(OpenIdSignIn.Scheme).ConfigurationManager!.GetConfigurationAsync(cancellationToken);
            if (configuration is { AuthorizationEndpoint.Length: > 0, TokenEndpoint.Length: > 0 })
            {
                Note(Known.Answers, string.Empty);
                return true;
            }

            Note(Known.Silent, "its configuration names no authorization or token endpoint.");
        }
        catch (InvalidOperationException e)
        {
            // What the library says of all that can go wrong here; the cause stands innermost.
            Note(Known.Silent, PlainText.Line(e.GetBaseException().Message, LongestReason));
        }

        return false;
    }

    /// <summary>What a request to a provider ends in that is away or answers nonsense.</summary>
    public static bool IsAway(Exception exception) =>
        exception is HttpRequestException or IOException or TaskCanceledException or InvalidOperationException;

    /// <summary>A sign-in has failed at the provider: its operator, or ours, must know why.</summary>
    public void Tell(Exception exception) =>
        OpenIdLog.Refused(logger, options.Authority.AbsoluteUri, PlainText.Line(exception.GetBaseException().Message, LongestReason));

    private void Note(Known now, string reason)
    {
        if (Interlocked.Exchange(ref _state, (int)now) == (int)now)
        {
            return;
        }

        if (now == Known.Answers)
        {
            OpenIdLog.Answers(logger, options.Authority.AbsoluteUri);
        }
        else
        {
            OpenIdLog.NotAnswering(logger, options.Authority.AbsoluteUri, reason, Pause.TotalSeconds);
        }
    }

    private enum Known
    {
        Nothing,
        Answers,
        Silent,
    }
}

/// <summary>
/// Looks from the broker's start on until the provider has answered once. The broker serves meanwhile: its API needs no provider.
/// </summary>
internal sealed class OpenIdWatch(OpenIdProvider provider, TimeProvider time) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!await provider.AnswersAsync(stoppingToken))
        {
            await Task.Delay(OpenIdProvider.Pause, time, stoppingToken);
        }
    }
}
