namespace Polydev.Broker.Errors;

/// <summary>Ends a call with an error in its caller's dialect.</summary>
internal sealed class ApiException(ApiError error) : Exception(error.Message)
{
    public ApiError Error { get; } = error;
}
