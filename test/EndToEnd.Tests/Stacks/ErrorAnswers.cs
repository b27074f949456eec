using System.Net;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests.Stacks;

/// <summary>What a broker has answered where it refused or failed: the errors that a test's calls met, and the error pages.</summary>
internal sealed class ErrorAnswers
{
    private readonly List<string> _bodies = [];

    public IReadOnlyList<string> Bodies
    {
        get
        {
            lock (_bodies)
            {
                return [.. _bodies];
            }
        }
    }

    /// <summary>Keeps the errors of the calls that go through it.</summary>
    public DelegatingHandler CreateHandler() => new Handler(this);

    /// <summary>Looks for pages that there are not, and sends forms that are not taken, with each secret where one can stand.</summary>
    public async Task ProvokePagesAsync(Uri site, IReadOnlyList<string> secrets, SocketsHttpHandler? handler = null)
    {
        using var stranger = new Browser(site, handler: handler);
        foreach (var secret in secrets)
        {
            Keep(await stranger.GetAsync($"/{secret}"));
            Keep(await stranger.GetAsync($"/api/v1/{secret}?key={secret}"));
            Keep(await stranger.PostAsync("/device", ("user_code", secret)));
            Keep(await stranger.PostAsync("/sign-in", ("link", secret)));
        }
    }

    private void Keep(BrowserPage page)
    {
        Assert.That(page.Status, Is.Not.EqualTo(HttpStatusCode.OK), page.Text);
        Keep($"{page.Location}\n{page.Html}");
    }

    private void Keep(string body)
    {
        lock (_bodies)
        {
            _bodies.Add(body);
        }
    }

    private sealed class Handler(ErrorAnswers answers) : DelegatingHandler(new SocketsHttpHandler())
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken);
            if (response.StatusCode >= HttpStatusCode.BadRequest)
            {
                // Buffered by that: the test can read it again.
                answers.Keep(await response.Content.ReadAsStringAsync(cancellationToken));
            }

            return response;
        }
    }
}
