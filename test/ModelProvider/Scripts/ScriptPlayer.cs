using Microsoft.AspNetCore.Http;
using Polydev.ModelProvider.Requests;

namespace Polydev.ModelProvider.Scripts;

/// <summary>Plays a script into one response.</summary>
internal sealed class ScriptPlayer(IProviderApi api, ProviderRequest request, ProviderScript script)
{
    private readonly ScriptedAnswer _answer = new();
    private IAnswerStream? _stream;

    /// <exception cref="OperationCanceledException">The client went away, or the server is stopping.</exception>
    /// <exception cref="AnswerCutException">The script cuts the connection.</exception>
    public async Task PlayAsync(HttpResponse response, CancellationToken cancellationToken)
    {
        foreach (var (name, value) in script.Windows is { } windows ? api.Headers(windows) : [])
        {
            response.Headers[name] = value;
        }

        var events = new ServerSentEventStream(response, cancellationToken);
        foreach (var step in script.Steps)
        {
            cancellationToken.ThrowIfCancellationRequested();
            switch (step)
            {
                case ProviderStep.Wait wait:
                    await wait.Gate.WaitAsync(cancellationToken);
                    break;
                case ProviderStep.Hang:
                    await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
                    break;
                case ProviderStep.Cut:
                    throw new AnswerCutException();
                case ProviderStep.Error error:
                    await WriteErrorAsync(response, error, cancellationToken);
                    return;
                case ProviderStep.MidStreamError error:
                    await FailAsync(response, events, error, cancellationToken);
                    return;
                default:
                    _answer.Add(step);
                    if (request.Stream)
                    {
                        await (await StreamAsync(events)).WriteAsync(step);
                    }

                    break;
            }
        }

        if (request.Stream)
        {
            await (await StreamAsync(events)).FinishAsync(_answer);
        }
        else
        {
            await response.WriteAsJsonAsync(api.Whole(request, script, _answer), ProviderJson.Options, cancellationToken);
        }
    }

    /// <summary>The stream starts with the first output, so that an error or a gate before it comes before the headers.</summary>
    private async Task<IAnswerStream> StreamAsync(ServerSentEventStream events)
    {
        if (_stream is null)
        {
            _stream = api.OpenStream(events, request, script);
            await _stream.StartAsync();
        }

        return _stream;
    }

    private async Task FailAsync(
        HttpResponse response, ServerSentEventStream events, ProviderStep.MidStreamError error, CancellationToken cancellationToken)
    {
        if (request.Stream)
        {
            await (await StreamAsync(events)).FailAsync(error);
            return;
        }

        response.StatusCode = StatusCodes.Status500InternalServerError;
        await response.WriteAsJsonAsync(api.Error(response.StatusCode, error.Message), ProviderJson.Options, cancellationToken);
    }

    private async Task WriteErrorAsync(HttpResponse response, ProviderStep.Error error, CancellationToken cancellationToken)
    {
        if (response.HasStarted)
        {
            throw new InvalidOperationException("An HTTP error comes before any output; use MidStreamError.");
        }

        response.StatusCode = error.Status;
        foreach (var (name, value) in error.Headers)
        {
            response.Headers[name] = value;
        }

        if (error.BodyJson is null)
        {
            await response.WriteAsJsonAsync(api.Error(error.Status, error.Message), ProviderJson.Options, cancellationToken);
        }
        else
        {
            response.ContentType = "application/json";
            await response.WriteAsync(error.BodyJson, cancellationToken);
        }
    }
}

/// <summary>Leaves the handler without the last chunk: the server closes the connection once the rest has been sent.</summary>
internal sealed class AnswerCutException() : Exception("The script cut the answer.");
