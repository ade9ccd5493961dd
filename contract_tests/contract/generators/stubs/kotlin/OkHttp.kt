/** What a generated client uses of OkHttp, with the types that it has there: a client is compiled with it, and sends nothing. */
package okhttp3

import java.io.Closeable
import java.io.File
import java.io.IOException
import java.io.InputStream

private fun nothing(): Nothing = throw UnsupportedOperationException("Nothing is sent.")

class MediaType private constructor() {
    companion object {
        fun String.toMediaTypeOrNull(): MediaType? = nothing()
    }
}

abstract class RequestBody {
    companion object {
        fun String.toRequestBody(contentType: MediaType? = null): RequestBody = nothing()

        fun ByteArray.toRequestBody(contentType: MediaType? = null, offset: Int = 0, byteCount: Int = size): RequestBody = nothing()

        fun File.asRequestBody(contentType: MediaType? = null): RequestBody = nothing()
    }
}

class FormBody private constructor() : RequestBody() {
    class Builder {
        fun add(name: String, value: String): Builder = nothing()

        fun build(): FormBody = nothing()
    }
}

class MultipartBody private constructor() : RequestBody() {
    class Builder {
        fun setType(type: MediaType): Builder = nothing()

        fun addPart(headers: Headers?, body: RequestBody): Builder = nothing()

        fun build(): MultipartBody = nothing()
    }

    companion object {
        @JvmField
        val FORM: MediaType = nothing()
    }
}

class Headers private constructor() {
    class Builder {
        fun add(name: String, value: String): Builder = nothing()

        fun build(): Headers = nothing()
    }

    fun toMultimap(): Map<String, List<String>> = nothing()

    companion object {
        fun Map<String, String>.toHeaders(): Headers = nothing()
    }
}

class HttpUrl private constructor() {
    class Builder {
        fun scheme(scheme: String): Builder = nothing()

        fun host(host: String): Builder = nothing()

        fun addPathSegment(pathSegment: String): Builder = nothing()

        fun addEncodedPathSegments(encodedPathSegments: String): Builder = nothing()

        fun addQueryParameter(name: String, value: String?): Builder = nothing()

        fun build(): HttpUrl = nothing()
    }

    val encodedPathSegments: List<String> get() = nothing()

    fun newBuilder(): Builder = nothing()

    companion object {
        fun String.toHttpUrlOrNull(): HttpUrl? = nothing()
    }
}

class Request private constructor() {
    open class Builder {
        open fun url(url: HttpUrl): Builder = nothing()

        open fun headers(headers: Headers): Builder = nothing()

        open fun head(): Builder = nothing()

        open fun delete(body: RequestBody? = null): Builder = nothing()

        open fun patch(body: RequestBody): Builder = nothing()

        open fun put(body: RequestBody): Builder = nothing()

        open fun post(body: RequestBody): Builder = nothing()

        open fun method(method: String, body: RequestBody?): Builder = nothing()

        open fun build(): Request = nothing()
    }
}

abstract class ResponseBody : Closeable {
    fun string(): String = nothing()

    fun bytes(): ByteArray = nothing()

    fun byteStream(): InputStream = nothing()
}

class Response private constructor() : Closeable {
    val body: ResponseBody get() = nothing()
    val code: Int get() = nothing()
    val message: String get() = nothing()
    val headers: Headers get() = nothing()
    val isSuccessful: Boolean get() = nothing()
    val isRedirect: Boolean get() = nothing()

    fun header(name: String, defaultValue: String? = null): String? = nothing()

    override fun close(): Unit = nothing()
}

interface Callback {
    fun onFailure(call: Call, e: IOException)

    fun onResponse(call: Call, response: Response)
}

interface Call {
    fun execute(): Response

    fun enqueue(responseCallback: Callback)

    fun interface Factory {
        fun newCall(request: Request): Call
    }
}

open class OkHttpClient : Call.Factory {
    class Builder {
        fun build(): OkHttpClient = nothing()
    }

    override fun newCall(request: Request): Call = nothing()
}
