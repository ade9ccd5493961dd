# What a generated client names of the gem when it is loaded; nothing is sent with it here.
module Typhoeus
  class Request; end
end
